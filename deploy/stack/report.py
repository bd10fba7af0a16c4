#!/usr/bin/python3
"""Says where the running stack is and who can sign in, and writes var/run.json for scripts."""
import json
import os
import sys


def users(var):
    path = os.path.join(var, "secrets", "users")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip()]
    return [{"login": r[0], "password": r[1], "role": r[2]} for r in rows]


def agencies(var):
    keys = sorted(f for f in os.listdir(os.path.join(var, "secrets")) if f.startswith("agency-") and f.endswith(".key"))
    return [{"id": f[len("agency-"):-len(".key")], "key_file": os.path.join(var, "secrets", f)} for f in keys]


def main():
    var, base, district, key, database = sys.argv[1], int(sys.argv[2]), *sys.argv[3:6]
    url = f"http://127.0.0.1:{base}"
    run = {
        "dashboard": f"{url}/", "public": f"{url}/public/{district}",
        "mail": f"http://127.0.0.1:{base + 1}/", "sms": f"http://127.0.0.1:{base + 2}/",
        "intake": f"tcp://127.0.0.1:{base + 4}", "intake_key": key,
        "agencies": agencies(var), "database": database, "users": users(var),
    }
    path = os.path.join(var, "run.json")
    with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(run, file, indent=2)
        file.write("\n")
    os.replace(path + ".new", path)

    print()
    for label, name in (("dashboard", "dashboard"), ("public page", "public"), ("mail catcher", "mail"),
                        ("SMS sandbox", "sms")):
        print(f"  {label:<14} {run[name]}")
    print("\n  sign in as")
    for user in run["users"]:
        print(f"    {user['login']:<14} {user['password']:<18} {user['role']}")
    print(f"\n  operator       {os.environ.get('OUT', 'build/release')}/bin/liaisonctl status   (from this folder)")
    print(f"  for scripts    {path}")


if __name__ == "__main__":
    main()
