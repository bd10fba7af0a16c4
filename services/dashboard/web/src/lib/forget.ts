// What this browser keeps of one person is dropped when the person is signed in no more. Each part
// that keeps something says here how to drop it.
const parts: (() => void)[] = [];

export function onForget(drop: () => void): void {
    parts.push(drop);
}

export function forget(): void {
    for (const drop of parts) drop();
}
