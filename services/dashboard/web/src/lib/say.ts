// Texts of the catalogue (common/words/en.json), with their placeholders filled. The build generates catalogue.ts from
// the file, so that an unknown key or a placeholder without a value does not compile.
import words from './catalogue';

type Words = typeof words;
export type WordKey = keyof Words;
type Slots<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Slots<Rest> : never;
type Values<Key extends WordKey> = [Slots<Words[Key]>] extends [never]
    ? []
    : [values: Record<Slots<Words[Key]>, string | number>];

const fill = (text: string, values: Record<string, string | number>) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));

export function say<Key extends WordKey>(key: Key, ...[values]: Values<Key>): string {
    return fill(words[key], values ?? {});
}

/* The text of a key that ends with a code. null: the catalogue has none for the code. */
export function sayCode(group: string, code: string | number | null, values: Record<string, string | number> = {}): string | null {
    const key = `${group}.${code}`;
    return key in words ? fill(words[key as WordKey], values) : null;
}

/* What can be counted: 'unit' for count.unit.one and count.unit.other. */
type Counted = { [Key in WordKey]: Key extends `count.${infer Name}.one` ? Name : never }[WordKey];

const figures = new Intl.NumberFormat('en-US');
export const figure = (n: number) => figures.format(n);

export const count = (what: Counted, n: number) => say(`count.${what}.${n === 1 ? 'one' : 'other'}`, { n: figure(n) });
