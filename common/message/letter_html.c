#include "letter_html.h"

#include <stddef.h>

static void escape(const char *text, FILE *out)
{
    static const struct {
        char c;
        const char *as;
    } escapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    for (; *text; text++) {
        const char *as = NULL;
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
            if (escapes[i].c == *text)
                as = escapes[i].as;
        if (as)
            fputs(as, out);
        else
            fputc(*text, out);
    }
}

void letter_html_element(const char *open, const char *text, const char *close, FILE *out)
{
    fputs(open, out);
    escape(text, out);
    fputs(close, out);
}

/* The colours are those of the page (services/dashboard/web/src/style/base.css). */
static const char style[] =
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<meta name=\"color-scheme\" content=\"light dark\">"
    "<meta name=\"supported-color-schemes\" content=\"light dark\">"
    "<style>"
    ":root{color-scheme:light dark}"
    "body{margin:0;padding:16px;background:#f4f5f0;color:#17211d;"
    "font:17px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif}"
    "main{display:block;max-width:560px;margin:0 auto;padding:20px;background:#fcfcfa;"
    "border:1px solid #cdd4ce}"
    "h1{font-size:22px;font-weight:700;line-height:1.25;margin:0 0 10px}"
    ".lead{margin:0 0 16px}"
    "table{border-collapse:collapse}"
    ".rows{width:100%}"
    ".rows th{width:30%;font-weight:400;text-align:left;vertical-align:top;"
    "padding:6px 14px 6px 0;color:#4b5852;border-top:1px solid #cdd4ce}"
    ".rows td{padding:6px 0;vertical-align:top;border-top:1px solid #cdd4ce;"
    "overflow-wrap:anywhere}"
    "a{color:inherit}"
    ".act{margin:0;width:100%}"
    ".act a{display:block;padding:14px 22px;color:#17211d;font-weight:700;text-align:center;"
    "text-decoration:none}"
    ".note{color:#4b5852;font-size:15px;margin:10px 0 16px}"
    ".foot{margin:16px 0}"
    "ul{margin:0 0 16px;padding-left:20px}li{margin:0 0 14px}li p{margin:4px 0 0}"
    ".mark{margin:0 0 16px;padding:10px 12px;border:2px solid #17211d;font-weight:700}"
    ".mark.end{margin:0}"
    "@media (prefers-color-scheme:dark){"
    "body{background:#0e1513;color:#e4eae6}main{background:#161f1c;border-color:#2b3733}"
    ".rows th,.note{color:#a3b1aa}.rows th,.rows td{border-color:#2b3733}"
    ".act td{background:#f2bd35}.act a{color:#14100a}.mark{border-color:#e4eae6}}"
    "</style></head><body><main>\n";

void letter_html_open(FILE *out, enum language language, const char *title)
{
    fprintf(out, "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\">",
            language_code(language));
    letter_html_element("<title>", title, "</title>", out);
    fputs(style, out);
}

void letter_html_close(FILE *out)
{
    fputs("</main></body></html>\n", out);
}

void letter_html_button(const char *link, const char *label, FILE *out)
{
    fputs("<table class=\"act\" role=\"presentation\" cellspacing=\"0\" cellpadding=\"0\"><tr>"
          "<td bgcolor=\"#ffc72c\" align=\"center\">",
          out);
    letter_html_element("<a href=\"", link, "\">", out);
    letter_html_element("", label, "</a></td></tr></table>\n", out);
}
