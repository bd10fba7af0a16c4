#include "assets.h"

#include "http.h"
#include "log.h"

#include <dirent.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FILES = 512, MAX_FILE = 8 << 20, MAX_DEPTH = 4 };

struct asset {
    char path[256]; /* as requested: "/assets/index-4f1c.js" */
    unsigned char *data;
    size_t size;
    char etag[40];
    const char *type;
};

struct assets {
    bool (*is_page)(const char *path);
    size_t count;
    struct asset file[MAX_FILES];
};

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

static const char *type_of(const char *path)
{
    const char *ending = strrchr(path, '.');

    for (size_t i = 0; ending != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(ending, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

static void make_etag(struct asset *asset)
{
    unsigned char hash[16];

    crypto_generichash(hash, sizeof hash, asset->data, asset->size, NULL, 0);
    asset->etag[0] = '"';
    sodium_bin2hex(asset->etag + 1, sizeof asset->etag - 1, hash, sizeof hash);
    memcpy(asset->etag + 1 + 2 * sizeof hash, "\"", 2);
}

/* Leaves out a file that cannot be read or is too large, and logs it. */
static void add_file(struct assets *assets, const char *from, const char *path)
{
    struct asset *asset = &assets->file[assets->count];
    struct stat status;
    FILE *file = fopen(from, "rb");

    if (file == NULL || fstat(fileno(file), &status) != 0 || status.st_size > MAX_FILE ||
        assets->count == MAX_FILES || strlen(path) >= sizeof asset->path)
        goto refuse;
    asset->size = (size_t)status.st_size;
    asset->data = malloc(asset->size + 1);
    if (asset->data == NULL || fread(asset->data, 1, asset->size, file) != asset->size)
        goto refuse;
    strcpy(asset->path, path);
    asset->type = type_of(path);
    make_etag(asset);
    assets->count++;
    fclose(file);
    return;

refuse:
    log_warn("asset", "path=%s reason=unreadable", path);
    if (assets->count < MAX_FILES) {
        free(asset->data);
        asset->data = NULL;
    }
    if (file != NULL)
        fclose(file);
}

static void add_folder(struct assets *assets, const char *folder, const char *prefix, int depth)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);

    if (dir == NULL) {
        log_warn("page", "reason=absent");
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        char from[PATH_MAX], path[256];
        struct stat status;
        if (entry->d_name[0] == '.' ||
            snprintf(from, sizeof from, "%s/%s", folder, entry->d_name) >= (int)sizeof from ||
            snprintf(path, sizeof path, "%s/%s", prefix, entry->d_name) >= (int)sizeof path ||
            stat(from, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode) && depth < MAX_DEPTH)
            add_folder(assets, from, path, depth + 1);
        else if (S_ISREG(status.st_mode))
            add_file(assets, from, path);
    }
    closedir(dir);
}

struct assets *assets_load(const char *web, const char *openapi, bool (*is_page)(const char *path))
{
    struct assets *assets = calloc(1, sizeof *assets);

    if (assets == NULL)
        return NULL;
    assets->is_page = is_page;
    if (openapi[0] != '\0')
        add_file(assets, openapi, "/openapi.json");
    if (web[0] != '\0')
        add_folder(assets, web, "", 0);
    log_info("page", "files=%zu", assets->count);
    return assets;
}

void assets_free(struct assets *assets)
{
    if (assets == NULL)
        return;
    for (size_t i = 0; i < assets->count; i++)
        free(assets->file[i].data);
    free(assets);
}

static const struct asset *find(const struct assets *assets, const char *path)
{
    for (size_t i = 0; i < assets->count; i++)
        if (strcmp(assets->file[i].path, path) == 0)
            return &assets->file[i];
    return NULL;
}

bool assets_answer(const struct assets *assets, struct http_request *request)
{
    const struct asset *asset = find(assets, request->path);

    if (request->method != HTTP_GET)
        return false;
    if (asset == NULL && assets->is_page(request->path))
        asset = find(assets, "/index.html");
    if (asset == NULL)
        return false;
    bool hashed = strncmp(asset->path, "/assets/", 8) == 0;
    bool same = strstr(request->none_match, asset->etag) != NULL;
    http_answer(request,
                &(struct http_answer){
                    .status = same ? 304 : 200,
                    .content_type = same ? NULL : asset->type,
                    .body = asset->data,
                    .size = same ? 0 : asset->size,
                    .etag = asset->etag,
                    .cache_control = hashed ? "public, max-age=31536000, immutable" : "no-cache",
                });
    return true;
}

bool assets_answer_absent(const struct assets *assets, struct http_request *request)
{
    const struct asset *page = find(assets, "/index.html");

    if (page == NULL || request->method != HTTP_GET || !request->wants_page ||
        strncmp(request->path, "/api/", 5) == 0)
        return false;
    http_answer(request, &(struct http_answer){
                             .status = 404,
                             .content_type = page->type,
                             .body = page->data,
                             .size = page->size,
                         });
    return true;
}
