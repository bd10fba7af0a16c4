"""The named statements of services/*/sql and common/sql, and the roles that run them."""

import glob
import os
import re

import harness

COMMON = "common/sql"
FOLDERS = [COMMON] + sorted(os.path.relpath(folder, harness.ROOT)
                            for folder in glob.glob(harness.ROOT + "/services/*/sql"))
ROLES = {"services/intake/sql": ("intake",), "services/notify/sql": ("notify",), "services/dashboard/sql": ("dashboard",),
         "services/ctl/sql": ("owner",), COMMON: ("intake", "notify", "dashboard")}
UTILITY = re.compile(r"(--.*\n)*(create|discard) ")  # PREPARE does not accept these
OWN_TABLES = "schema_repeatable_table"  # tables that liaisonctl schema apply makes, not a file of the schema
OTHER_ROLES = {"publication.sql": ("public",)}


def expanded(name, text, number=1):
    """A statement once for each word in the braces of its name, as deploy/sql-to-c.awk expands it."""
    braces = re.search(r"\{(.*?)\}", name)
    if not braces:
        return [(name, text)]
    return [statement for word in braces[1].split(",") for statement in expanded(
        name[:braces.start()] + word + name[braces.end():], text.replace(f"{{{number}}}", word), number + 1)]


def statements_of(path):
    """[(name, text)] of a file."""
    if path.endswith(".in"):
        path = os.path.join(harness.OUT, "gen", os.path.relpath(path, harness.ROOT).removesuffix(".in"))
    with open(os.path.join(harness.ROOT, path), encoding="utf-8") as file:
        parts = re.split(r"^-- name: (\S+)\n", file.read(), flags=re.M)
    return [statement for name, text in zip(parts[1::2], parts[2::2]) for statement in expanded(name, text)]


def all_statements():
    """[(path, name, text)]"""
    return [(f"{folder}/{os.path.basename(path)}", name, text) for folder in FOLDERS
            for path in sorted(glob.glob(f"{harness.ROOT}/{folder}/*.sql*"))
            for name, text in statements_of(path)]


def roles_of(path):
    folder, file = os.path.split(path)
    return OTHER_ROLES.get(file, ROLES[folder])


def make_own_tables(database):
    """Makes the tables that liaisonctl itself makes."""
    session = database.session("owner")
    with session, session.cursor() as cursor:
        cursor.execute({name: text for _, name, text in all_statements()}[OWN_TABLES])
    session.close()
