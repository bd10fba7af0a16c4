/* liaison-notify: reads its settings, and wires the notifier to the daemon. */
#include "channel.h"
#include "config.h"
#include "daemon.h"
#include "dsn.h"
#include "log.h"
#include "notifier.h"
#include "settings.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct notify {
    struct settings settings;
    struct daemon *daemon;
    struct notifier *notifier;
    int argc;
    char **argv;
};

static int start_cb(void *ctx, struct daemon *daemon, struct error *error)
{
    struct notify *notify = ctx;
    const struct settings *settings = &notify->settings;

    notify->daemon = daemon;
    if (settings->in_flight > 0)
        log_warn("setting_unused", "setting=retry.in_flight instead=smtp.connections,"
                                   "sms.connections");
    notify->notifier = notifier_open(&daemon->loop, settings, error);
    if (!notify->notifier)
        return ERR_IO;
    log_info("started", "version=" LIAISON_VERSION " channels_live=%u channels_replay=%u",
             channels_available(settings, LANE_LIVE), channels_available(settings, LANE_REPLAY));
    return 0;
}

static int reload_cb(void *ctx, struct error *error)
{
    const struct notify *notify = ctx;
    static struct settings again;
    int err =
        config_again(notify->argc, notify->argv, &again, settings_rows, settings_row_count, error);

    return err ? err : daemon_log("notify", again.log_level, error);
}

static void drained_cb(void *ctx)
{
    daemon_stop(((struct notify *)ctx)->daemon, 0);
}

static void drain_cb(void *ctx)
{
    notifier_drain(((struct notify *)ctx)->notifier, drained_cb, ctx);
}

static void stop_cb(void *ctx)
{
    struct notify *notify = ctx;

    if (notify->notifier)
        notifier_stop(notify->notifier);
}

static void free_cb(void *ctx)
{
    notifier_free(((struct notify *)ctx)->notifier);
}

static int run(struct notify *notify)
{
    static const struct daemon_hooks hooks = {.start = start_cb,
                                              .reload = reload_cb,
                                              .drain = drain_cb,
                                              .stop = stop_cb,
                                              .free = free_cb};
    static struct daemon daemon;
    struct error error = {0};

    if (daemon_run(&daemon, &hooks, notify, &error) != 0)
        fprintf(stderr, "liaison-notify: %s %s\n", error.field, error.reason);
    else
        log_info("stopped", "%s", "");
    return daemon.status;
}

/* Takes --check out of the arguments: here a check is more than that the file can be read. */
static bool take_check(int *argc, char **argv)
{
    int kept = 0;
    bool found = false;

    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], "--check") == 0)
            found = true;
        else
            argv[kept++] = argv[i];
    }
    *argc = kept;
    return found;
}

int main(int argc, char **argv)
{
    static struct notify notify = {0};
    struct settings *settings = &notify.settings;
    struct error error = {0};
    bool check = take_check(&argc, argv);

    int done =
        config_main(argc, argv, "liaison-notify", settings, settings_rows, settings_row_count);
    if (done)
        return done > 0 ? 0 : 2;
    notify.argc = argc;
    notify.argv = argv;
    if (daemon_log("notify", settings->log_level, &error) == 0 &&
        settings_resolve(settings, &error) == 0)
        channels_check(settings, &error);
    if (error.code != 0) {
        fprintf(stderr, "liaison-notify: %s %s\n", error.field, error.reason);
        return 2;
    }
    if (check) {
        puts("liaison-notify: the configuration is good");
        return 0;
    }
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fprintf(stderr, "liaison-notify: libsodium or libcurl does not start\n");
        return 1;
    }
    dsn_init();
    int status = run(&notify);
    dsn_free();
    curl_global_cleanup();
    return status;
}
