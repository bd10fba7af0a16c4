// When a person is no longer signed in, the browser drops what it has stored of that person. Each
// module that stores something registers a callback here.
const parts: (() => void)[] = [];

export function onForget(drop: () => void): void {
    parts.push(drop);
}

export function forget(): void {
    for (const drop of parts) drop();
}
