#include "smtp_dialog.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *command;
    enum smtp_stage stage;
} commands[] = {
    {"EHLO ", SMTP_HELLO},   {"HELO ", SMTP_HELLO}, {"STARTTLS\r", SMTP_HELLO},
    {"AUTH ", SMTP_SIGN_IN}, {"MAIL ", SMTP_MAIL},  {"RCPT ", SMTP_RCPT},
    {"DATA\r", SMTP_DATA},   {"QUIT\r", SMTP_QUIT},
};

/* Kinds of answers. */
enum answer {
    ANSWER_NONE,
    ANSWER_ODD, /* no answer at all, or 1xx */
    ANSWER_DONE,
    ANSWER_GO_ON,
    ANSWER_NOT_NOW,
    ANSWER_CLOSING, /* 421 */
    ANSWER_NEVER,
    ANSWERS
};

/* A good answer stands here as what it means when the dialog ended after it all the same. */
static const enum parcel_verdict verdicts[SMTP_STAGES][ANSWERS] = {
    /*               none                 odd                 2xx
       3xx           4xx                  421                 5xx */
    [SMTP_CONNECT] = {VERDICT_UNREACHABLE, VERDICT_FAILING, VERDICT_UNREACHABLE, VERDICT_FAILING,
                      VERDICT_FAILING, VERDICT_FAILING, VERDICT_FAILING},
    [SMTP_HELLO] = {VERDICT_UNREACHABLE, VERDICT_FAILING, VERDICT_UNREACHABLE, VERDICT_FAILING,
                    VERDICT_FAILING, VERDICT_FAILING, VERDICT_FAILING},
    [SMTP_SIGN_IN] = {VERDICT_UNREACHABLE, VERDICT_FAILING, VERDICT_UNREACHABLE, VERDICT_FAILING,
                      VERDICT_FAILING, VERDICT_FAILING, VERDICT_OUR_ACCOUNT},
    [SMTP_MAIL] = {VERDICT_UNREACHABLE, VERDICT_FAILING, VERDICT_UNREACHABLE, VERDICT_FAILING,
                   VERDICT_FAILING, VERDICT_FAILING, VERDICT_OUR_ACCOUNT},
    [SMTP_RCPT] = {VERDICT_UNREACHABLE, VERDICT_FAILING, VERDICT_UNREACHABLE, VERDICT_FAILING,
                   VERDICT_DEFERRED, VERDICT_CLOSING, VERDICT_REFUSED},
    [SMTP_DATA] = {VERDICT_UNREACHABLE, VERDICT_FAILING, VERDICT_FAILING, VERDICT_UNREACHABLE,
                   VERDICT_DEFERRED, VERDICT_CLOSING, VERDICT_REFUSED},
    [SMTP_BODY] = {VERDICT_NO_ANSWER, VERDICT_ODD_ANSWER, VERDICT_SENT, VERDICT_ODD_ANSWER,
                   VERDICT_DEFERRED, VERDICT_CLOSING, VERDICT_REFUSED},
};

static void sent_line(struct smtp_dialog *dialog, const char *line, size_t size)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        size_t length = strlen(commands[i].command);

        if (size < length || strncasecmp(line, commands[i].command, length) != 0)
            continue;
        dialog->quit |= commands[i].stage == SMTP_QUIT;
        if (dialog->quit)
            return;
        dialog->stage = commands[i].stage;
        dialog->code = 0;
    }
}

/* "250 text", "250-text" or "250". */
static bool is_answer(const char *line, size_t size)
{
    if (size < 4 || line[0] < '2' || line[0] > '5')
        return false;
    if (!isdigit((unsigned char)line[1]) || !isdigit((unsigned char)line[2]))
        return false;
    return strchr(" -\r\n", line[3]) != NULL;
}

static void got_line(struct smtp_dialog *dialog, const char *line, size_t size)
{
    if (!is_answer(line, size))
        dialog->odd = true;
    else if (line[3] != '-')
        dialog->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

void smtp_dialog_heard(struct smtp_dialog *dialog, curl_infotype type, const char *data,
                       size_t size)
{
    if (type == CURLINFO_HEADER_OUT)
        sent_line(dialog, data, size);
    if (dialog->quit)
        return;
    if (type == CURLINFO_HEADER_IN)
        got_line(dialog, data, size);
    if (type == CURLINFO_DATA_OUT && dialog->stage != SMTP_BODY) {
        dialog->stage = SMTP_BODY;
        dialog->code = 0;
    }
}

static enum answer answer_of(const struct smtp_dialog *dialog)
{
    static const enum answer by_hundred[] = {
        [2] = ANSWER_DONE, [3] = ANSWER_GO_ON, [4] = ANSWER_NOT_NOW, [5] = ANSWER_NEVER};

    if (dialog->odd)
        return ANSWER_ODD;
    if (dialog->code == 0)
        return ANSWER_NONE;
    return dialog->code == 421 ? ANSWER_CLOSING : by_hundred[dialog->code / 100];
}

static enum parcel_verdict verdict_of(const struct smtp_dialog *dialog, CURLcode rc)
{
    bool before_body = dialog->stage != SMTP_BODY;

    if (rc == CURLE_OK)
        return VERDICT_SENT;
    if (before_body && !dialog->odd &&
        (rc == CURLE_ABORTED_BY_CALLBACK || rc == CURLE_OUT_OF_MEMORY))
        return VERDICT_INTERNAL; /* we ended it */
    if (rc == CURLE_LOGIN_DENIED && dialog->code < 400)
        return VERDICT_OUR_ACCOUNT; /* it has no way to sign in that we know */
    return verdicts[dialog->stage][answer_of(dialog)];
}

void smtp_dialog_judge(const struct smtp_dialog *dialog, CURLcode rc, struct parcel *parcel)
{
    enum parcel_verdict verdict = verdict_of(dialog, rc);

    parcel->went_out = dialog->stage == SMTP_BODY;
    if (verdict == VERDICT_SENT)
        parcel_judged(parcel, verdict, "%s", "");
    else if (dialog->odd)
        parcel_judged(parcel, verdict, "smtp unreadable");
    else if (dialog->code >= 400)
        parcel_judged(parcel, verdict, "smtp %d", dialog->code);
    else
        parcel_judged(parcel, verdict, "smtp curl-%d", (int)rc);
}

bool smtp_dialog_was_stale(const struct smtp_dialog *dialog, CURLcode rc)
{
    if (dialog->stage >= SMTP_BODY || dialog->odd || rc == CURLE_OPERATION_TIMEDOUT ||
        rc == CURLE_ABORTED_BY_CALLBACK)
        return false;
    return rc != CURLE_OK && (dialog->code == 0 || dialog->code == 421);
}
