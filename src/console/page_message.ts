/** A request of a page. */
export type PageMessage =
  | { readonly type: "hello"; readonly proof: string }
  | { readonly type: "watch"; readonly session: string }
  | { readonly type: "drawn"; readonly bytes: number }
  | { readonly type: "keys"; readonly text: string }
  | { readonly type: "take" }
  | { readonly type: "give" }
  | { readonly type: "run"; readonly command: string }
  | { readonly type: "answer"; readonly question: number; readonly text: string }
  | { readonly type: "stop"; readonly signal: "INT" | "TERM" }
  | {
    readonly type: "decide";
    readonly request: string;
    readonly kind: string;
    readonly minutes: number;
  };

type Field = (value: unknown) => boolean;

const TEXT_UNITS = 64 * 1024;
const text: Field = (value) => typeof value === "string" && value.length <= TEXT_UNITS;
const count: Field = (value) => typeof value === "number" && Number.isSafeInteger(value);

const FIELDS: Readonly<Record<PageMessage["type"], Readonly<Record<string, Field>>>> = {
  hello: { proof: text },
  watch: { session: text },
  drawn: { bytes: (value) => count(value) && Number(value) >= 0 },
  keys: { text },
  take: {},
  give: {},
  run: { command: text },
  answer: { question: count, text },
  stop: { signal: (value) => value === "INT" || value === "TERM" },
  decide: { request: text, kind: text, minutes: count },
};

/** A message as a page of ours sends it; undefined for anything else. */
export function parsePageMessage(json: string): PageMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(json);
  } catch {
    return undefined;
  }
  const parts = Object(message) as Readonly<Record<string, unknown>>;
  const { type, ...rest } = parts;
  if (typeof type !== "string" || !Object.hasOwn(FIELDS, type)) return undefined;
  const fields = FIELDS[type as PageMessage["type"]];
  const isWhole = Object.entries(fields).every(([name, isOf]) => isOf(rest[name])) &&
    Object.keys(rest).every((name) => Object.hasOwn(fields, name));
  return isWhole ? parts as unknown as PageMessage : undefined;
}
