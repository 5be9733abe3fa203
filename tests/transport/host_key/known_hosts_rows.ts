import type { Keys, Row } from "./matrix_row.ts";

/** Names of hosts in all their forms, with the right key and with another. */
export function nameForms(keys: Keys): readonly Row[] {
  const { name, own, other, port } = keys;
  const forms: Readonly<Record<string, string>> = {
    "the name": name,
    "without port": "127.0.0.1",
    "another port": `[127.0.0.1]:${port === 22 ? 23 : 22}`,
    "another host": "10.0.0.1",
    "a star": "*",
    "a star in brackets": `[127.*]:${port}`,
    "a star for the port": "[127.0.0.1]:*",
    "question marks": `[127.0.0.?]:${port}`,
    "several names": `a,${name},b`,
    "an empty name among them": `a,,${name},`,
    "negated alone": `!${name}`,
    "negated and a star": `*,!${name}`,
    "negated first": `!${name},*`,
    "negated another": `!10.*,${name}`,
    "brackets open": `[127.0.0.1:${port}`,
    "case": name.toUpperCase(),
    "a comma alone": ",",
    "a hash without parts": "|1|",
    "a hash of another kind": "|2|AAAA|AAAA",
    "a hash cut short": "|1|AAAA|AAAA",
  };
  return Object.entries(forms).flatMap(([form, text]) => [
    { title: `${form}: own key`, known: `${text} ${own}\n` },
    { title: `${form}: other key`, known: `${text} ${other}\n` },
  ]);
}

/** Lines of known_hosts, whole and broken. */
export function lineForms(keys: Keys): readonly Row[] {
  return [...plainLines(keys), ...markedLines(keys)];
}

function plainLines(keys: Keys): readonly Row[] {
  const { name, own, ownRsa, other, otherRsa } = keys;
  const [type = "", blob = ""] = own.split(" ");
  const lines: Readonly<Record<string, string>> = {
    "empty": "",
    "comments": `# ${name} ${own}\n\n`,
    "CRLF": `${name} ${own}\r\n`,
    "CRLF, other": `${name} ${other}\r\n`,
    "no newline": `${name} ${own}`,
    "tabs": `\t${name}\t\t${own.replace(" ", "\t")}\t\n`,
    "leading blanks": `   ${name} ${own}\n`,
    "a comment behind": `${name} ${own} me@here # x\n`,
    "very long": `${name},${"x".repeat(100_000)} ${own}\n`,
    "a name of 1022 characters beside it": `${name},${"x".repeat(1022)} ${own}\n`,
    "a name of 1023 characters beside it": `${name},${"x".repeat(1023)} ${own}\n`,
    "many names": `${"x,".repeat(20_000)}${name} ${own}\n`,
    "very long comment": `${name} ${own} ${"x".repeat(200_000)}\n`,
    "a bad line before": `${name} ${type} garbage!\n${name} ${own}\n`,
    "a bad line alone": `${name} ${type} garbage!\n`,
    "a line cut short": `${name} ${type}\n`,
    "a key cut short": `${name} ${type} ${blob.slice(0, -8)}\n`,
    "a key with more behind": `${name} ${type} ${blob}AAAA\n`,
    "the wrong type": `${name} ssh-rsa ${blob}\n`,
    "an unknown type": `${name} ssh-ed448 ${blob}\n`,
    "other and own": `${name} ${other}\n${name} ${own}\n`,
    "own and other": `${name} ${own}\n${name} ${other}\n`,
    "another type, own": `${name} ${ownRsa}\n`,
    "another type, other": `${name} ${otherRsa}\n`,
    "both types": `${name} ${own}\n${name} ${ownRsa}\n`,
    "one type right": `${name} ${otherRsa}\n${name} ${own}\n`,
  };
  return Object.entries(lines).map(([title, known]) => ({ title, known }));
}

/** Lines with a marker, and lines that are no text. */
function markedLines(keys: Keys): readonly Row[] {
  const { name, own, other } = keys;
  const lines: Readonly<Record<string, string>> = {
    "revoked": `@revoked ${name} ${own}\n`,
    "revoked for all": `${name} ${own}\n@revoked * ${own}\n`,
    "revoked first": `@revoked * ${own}\n${name} ${own}\n`,
    "revoked without port": `@revoked 127.0.0.1 ${own}\n${name} ${own}\n`,
    "revoked elsewhere": `@revoked 10.0.0.1 ${own}\n${name} ${own}\n`,
    "other revoked": `@revoked * ${other}\n${name} ${own}\n`,
    "revoked, cut short": `@revoked ${name}\n${name} ${own}\n`,
    "an authority alone": `@cert-authority * ${own}\n`,
    "an unknown marker": `@trusted ${name} ${own}\n`,
    "a marker in capitals": `@REVOKED ${name} ${own}\n`,
    "a marker glued": `@revoked${name} ${own}\n`,
    "two markers": `@revoked @cert-authority ${name} ${own}\n`,
    "a NUL": `${name} ${own}\0\n`,
    "a byte order mark": `\ufeff${name} ${own}\n`,
    "bits and exponent": `${name} 1024 65537 12345\n`,
  };
  return Object.entries(lines).map(([title, known]) => ({ title, known }));
}
