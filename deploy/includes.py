#!/usr/bin/env python3
"""includes.py: checks rules for headers that no compiler checks, over the C files of the tree.

* No two headers share a name, so that an include means one file.
* No module includes itself through others. A module is NAME.c and NAME.h, and the files that include
  NAME_private.h. Parts of one subject (NAME.h, NAME_PART.h) may include each other. Tests are not checked.
* NAME_private.h is included only in its own folder, and by tests.
"""

import collections
import os
import re
import subprocess
import sys

INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def read(files):
    """Returns the paths that each file includes."""
    headers = collections.defaultdict(list)
    for file in files:
        if file.endswith(".h"):
            headers[os.path.basename(file)].append(file)
    included = {}
    for file in files:
        found = []
        with open(file, encoding="utf-8") as text:
            for name in INCLUDE.findall(text.read()):
                beside = os.path.normpath(os.path.join(os.path.dirname(file), name))
                if name in files:
                    found.append(name)
                elif beside in files:
                    found.append(beside)
                else:
                    found += headers[os.path.basename(name)]
        included[file] = found
    return headers, included


def circles(graph):
    """The sets of modules that reach each other (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def modules(included):
    """The module of each file, as folder/NAME."""
    owner = {}
    for file, found in included.items():
        for header in [file, *found]:
            name = os.path.splitext(header)[0]
            if name.endswith("_private") and os.path.dirname(header) == os.path.dirname(file):
                owner[os.path.splitext(file)[0]] = name.removesuffix("_private")
    return {file: owner.get(os.path.splitext(file)[0], os.path.splitext(file)[0]) for file in included}


def subject(module):
    """The module's folder, and the first word of its name without the service's prefix."""
    folder, name = os.path.split(module)
    service = folder.split("/")[1:2]
    return folder, name.removeprefix("".join(service) + "_").split("_")[0]


def main():
    files = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.c", "*.h"],
                           check=True, capture_output=True, text=True).stdout.split()
    files = [file for file in files if os.path.exists(file)]
    headers, included = read(files)
    bad = [f"{' and '.join(paths)}: two headers of one name" for paths in headers.values() if len(paths) > 1]
    module = modules(included)
    graph = collections.defaultdict(set)
    for file, found in included.items():
        if file.startswith("tests/"):
            continue
        for header in found:
            if module[header] != module[file]:
                graph[module[file]].add(module[header])
                graph.setdefault(module[header], set())
            if header.endswith("_private.h") and os.path.dirname(header) != os.path.dirname(file):
                bad.append(f"{file}: includes {header}, which is private to its folder")
    for circle in circles(graph):
        if len({subject(one) for one in circle}) > 1:
            bad.append(f"{' '.join(circle)}: include each other in a circle")
    print("\n".join(sorted(bad)), end="\n" if bad else "")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    sys.exit(main())
