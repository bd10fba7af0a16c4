#!/bin/sh
# Builds the page into $OUT/web. Works on a copy under $OUT/web-src; the source tree is only read.
# The copy's src/lib/types.ts is generated from services/dashboard/openapi.json, and catalogue.ts from common/words/en.json.
#   OUT=/absolute/build/directory services/dashboard/web/build.sh
set -eu
: "${OUT:?OUT is not set: the absolute build directory}"
here=$(cd "$(dirname "$0")" && pwd)
words=$here/../../../common/words/en.json
src=$OUT/web-src
mkdir -p "$src"

cd "$here"
sum=$(find . ../openapi.json "$words" -name node_modules -prune -o -type f -print | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-64)
if [ -f "$OUT/web/index.html" ] && [ "$sum" = "$(cat "$src/.built" 2>/dev/null || true)" ]; then
    exit 0
fi

rm -rf "$src/src" "$src/public" "$src/.built"
for part in src public index.html package.json package-lock.json .npmrc tsconfig.json vite.config.ts ../openapi.json; do
    cp -R "$here/$part" "$src/"
done
cd "$src"
lock=$(sha256sum package-lock.json | cut -c1-64)
if [ "$lock" != "$(cat .installed 2>/dev/null || true)" ]; then
    echo "  npm   ci (services/dashboard/web)"
    rm -f .installed
    npm ci --no-audit --no-fund --loglevel=error
    echo "$lock" >.installed
fi
echo "  types services/dashboard/openapi.json"
node_modules/.bin/openapi-typescript openapi.json --root-types --root-types-no-schema-prefix -o src/lib/types.ts >types.log 2>&1 ||
    { cat types.log >&2; exit 1; }
printf 'export default %s as const;\n' "$(cat "$words")" >src/lib/catalogue.ts
echo "  tsc   services/dashboard/web"
node_modules/.bin/tsc --noEmit
echo "  vite  services/dashboard/web"
node_modules/.bin/vite build --logLevel warn --outDir "$OUT/web" --emptyOutDir
echo "$sum" >.built
