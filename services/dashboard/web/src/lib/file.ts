// Makes CSV files and lets the browser save them.

function cell(value: string | number | null): string {
    const text = value === null ? '' : String(value);
    // A spreadsheet would run a text that begins with = + - @ as a formula.
    const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function csv(rows: (string | number | null)[][]): string {
    return rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

export function save(name: string, text: string): void {
    const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
    const a = document.createElement('a');
    a.href = url;
    a.download = name;
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
