#!/bin/sh
# Run by PostgreSQL's image when the cluster is new: one login role a service, passwords from secret files.
set -eu
password() { cut -d: -f5 "/run/secrets/pgpass_$1"; }
{
    for role in owner intake notify dashboard public; do
        echo "create role liaison_$role login password '$(password "$role")';"
    done
    echo "create database liaison owner liaison_owner;"
    echo "revoke all on database liaison from public;"
    echo "grant connect on database liaison to liaison_intake, liaison_notify, liaison_dashboard, liaison_public;"
} | psql -qAtX -v ON_ERROR_STOP=1 -U postgres -d postgres
psql -qAtX -v ON_ERROR_STOP=1 -U postgres -d liaison -f /superuser.sql
