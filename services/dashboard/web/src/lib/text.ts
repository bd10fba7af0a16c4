// What a person wrote into a field.

/* The text without blanks at its ends. Empty: it has no visible character, as the service sees it (common/utf8.c). */
export function written(text: string): string {
    return /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text) ? text.trim() : '';
}
