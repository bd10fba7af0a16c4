"""Instructions of intake by layer, from a callgrind file: the self cost of each function, by its library
or source file."""

import re
import subprocess

PARSE, VALIDATE, PLACE, ENCODE = "parse", "validate", "place", "encode"
OURS = (PARSE, VALIDATE, PLACE, ENCODE)
OTHER = "other of ours: router, sessions, writer, loop"
OBJECTS = (("libjansson", "jansson: HELLO, manifests"), ("libzmq", "ZeroMQ"), ("libsodium", "CURVE and content hash"),
           ("libpq", "libpq"), ("libgeos", PLACE), ("libuv", "libuv"), ("ld-", "start"),
           ("libc.so", "libc: memory, copying, strings"), ("libm.so", PLACE),
           ("libstdc", "ZeroMQ"))
FILES = (("json_", PARSE), ("event_json.c", PARSE), ("event_encode.c", ENCODE), ("event", VALIDATE),
         ("utf8.c", VALIDATE), ("decode.c", VALIDATE), ("eido.c", VALIDATE), ("place.c", PLACE),
         ("address.c", PLACE), ("intake_words.c", PLACE), ("match.c", PLACE), ("school_name.c", PLACE),
         ("columns.c", ENCODE), ("intake_batch.c", ENCODE))


def layer_of(file, binary):
    """The layer of a function. Lines inlined into a function of another file have no binary."""
    if "liaison-intake" not in binary and (binary or file.startswith(("/usr/", "?"))):
        for prefix, layer in OBJECTS:
            if prefix in binary:
                return layer
        return "system"
    name = file.rsplit("/", 1)[-1]
    return next((layer for prefix, layer in FILES if name.startswith(prefix)), OTHER)


def table(path, events):
    """{layer: instructions per event}, the largest first; {function of ours: the same}."""
    text = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", path],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    layers, functions = {}, {}
    for line in text.splitlines():
        found = re.match(r"\s*([\d,]+) \([\d. ]+%\)\s+(\S+?):(.+?)(?: \[(.*)\])?$", line)
        if not found:
            continue
        cost = int(found[1].replace(",", "")) / events
        layer = layer_of(found[2], found[4] or "")
        layers[layer] = layers.get(layer, 0) + cost
        if layer in OURS or layer == OTHER:
            functions[found[3]] = functions.get(found[3], 0) + cost
    most = sorted(layers.items(), key=lambda item: -item[1])
    return dict(most), dict(sorted(functions.items(), key=lambda item: -item[1])[:12])
