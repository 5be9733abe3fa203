import type { CallToolResult } from "@modelcontextprotocol/server";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import type { DecodedText } from "../../sftp/encoding.ts";
import {
  type FileFacts,
  type FileRange,
  hasChanged,
  type WriteReport,
} from "../../sftp/file_range.ts";
import { lineForm, oddForm } from "../../sftp/line_form.ts";
import { octal } from "../../sftp/permissions.ts";
import type { Redactor } from "../../jobs/redactor.ts";
import { clipMiddle, plainOrQuoted, withoutBrackets } from "../../terminal/quote.ts";
import { makeVisible } from "../../terminal/visible.ts";
import type { AccessMethod } from "../../sftp/remote_files.ts";

/** Where the facts of a file stand for programs. */
export const FILE_META_KEY = "mcp-ssh-session/file";

const NAME_CHARS = 128;
/** A path has at most 4,096 bytes. */
const PATH_CHARS = 4_096;
const NOTE_CHARS = 1_000;

/** Whose file it is. */
export interface ReplySource {
  readonly host: ResolvedHost;
  readonly redactor: Redactor;
  /** A note on the connection. */
  readonly note?: string | undefined;
}

/** A read file and the part of it that is shown. */
export interface ReadReply extends ReplySource {
  readonly path: string;
  readonly offset: number;
  readonly encoding: string;
  readonly range: FileRange & { readonly via: AccessMethod };
  readonly decoded: DecodedText;
  /** How many values of the operator's were taken out of the text. */
  readonly hiddenCount: number;
  /** Of the file, where all of it was read. */
  readonly sha256: string | undefined;
}

/**
 * One line of facts, then the content and nothing else: what follows the first line feed is the
 * file, unchanged.
 */
export function renderRead(reply: ReadReply): CallToolResult {
  const { decoded, range, offset } = reply;
  const nextOffset = offset + decoded.usedBytes;
  const isCut = range.hasMore || decoded.usedBytes < range.bytes.length;
  const sizeBytes = isCut ? range.before.sizeBytes || undefined : sizeOf(range, nextOffset);
  const facts = { ...reply, nextOffset, sizeBytes, isCut };
  return {
    content: [{ type: "text", text: `${readLine(facts)}\n${decoded.text}` }],
    _meta: {
      [FILE_META_KEY]: {
        path: reply.redactor.apply(reply.path),
        offset,
        next_offset: nextOffset,
        bytes: decoded.usedBytes,
        total_bytes: sizeBytes ?? null,
        truncated: isCut,
        encoding: reply.encoding,
        invalid_bytes: decoded.invalidCount,
        ...(reply.hiddenCount === 0 ? {} : { redacted: reply.hiddenCount }),
        changed: hasChanged(range),
        via: range.via,
        ...(reply.sha256 === undefined ? {} : { sha256: reply.sha256 }),
        ...fileMeta(reply, range.before),
      },
    },
  };
}

/** Files of procfs and sysfs say 0 or a page, whatever they hold. */
function sizeOf(range: FileRange, end: number): number {
  return range.bytes.length > 0 || range.before.sizeBytes === 0
    ? Math.max(end, range.bytes.length)
    : range.before.sizeBytes;
}

interface ReadFacts extends ReadReply {
  readonly nextOffset: number;
  readonly sizeBytes: number | undefined;
  readonly isCut: boolean;
}

function formOf({ encoding, decoded, offset, isCut }: ReadFacts): readonly string[] {
  if (encoding === "base64" || encoding === "hex") return [];
  return oddForm(lineForm(decoded.text), offset === 0 && !isCut ? "whole" : "part");
}

function readLine(facts: ReadFacts): string {
  const { decoded, range, offset } = facts;
  const total = facts.sizeBytes === undefined ? "" : ` of ${facts.sizeBytes}`;
  const notes = [
    ...formOf(facts),
    ...(offset > 0 ? [`from offset ${offset}`] : []),
    ...(facts.isCut ? [`cut here: read on with offset=${facts.nextOffset}`] : []),
    ...invalidNote(facts),
    ...hiddenNote(facts.hiddenCount),
    ...(hasChanged(range) ? ["the file changed while it was read: read it again"] : []),
    ...(range.via === "sudo" ? ["by sudo"] : []),
    ...(facts.sha256 === undefined ? [] : [`sha256=${facts.sha256}`]),
    ...noteLines(facts.note === undefined ? [] : [facts.redactor.apply(facts.note)]),
  ];
  const head = [
    `[read ${decoded.usedBytes}${total} bytes] ${place(facts, facts.path)}`,
    ...ownerAndMode(facts, range.before),
    facts.encoding,
  ];
  return [head.join(" "), ...notes].join("; ");
}

function invalidNote({ decoded, encoding, offset, range }: ReadFacts): readonly string[] {
  const { invalidCount } = decoded;
  if (invalidCount === 0) return [];
  const mark = offset === 0 ? utf16Mark(range.bytes) : undefined;
  const exact = mark === undefined
    ? 'encoding="base64" is exact'
    : `it begins as ${mark} does: encoding="${mark}" reads it`;
  return [`${invalidCount} places are not ${encoding} and show as U+FFFD: ${exact}`];
}

/** The encoding whose byte order mark stands first. */
function utf16Mark([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

function hiddenNote(count: number): readonly string[] {
  return count === 0
    ? []
    : [`not exact: ${count} values that the operator hides are replaced, so do not write it back`];
}

/** A written file. */
export interface WriteReply extends ReplySource {
  readonly report: WriteReport & { readonly via: AccessMethod };
  readonly sizeBytes: number;
}

/** One line of facts, then a line for each thing that differs from the plain case. */
export function renderWrite(reply: WriteReply): CallToolResult {
  const { redactor, report, sizeBytes } = reply;
  const { facts, outcome, via } = report;
  const bySudo = via === "sudo" ? "; by sudo" : "";
  const where = place(reply, report.path);
  const head = [`[${outcome} ${sizeBytes} bytes] ${where}`, ...ownerAndMode(reply, facts)];
  const notes = [...(reply.note === undefined ? [] : [reply.note]), ...report.notes]
    .map((note) => redactor.apply(note));
  const text = [head.join(" ") + bySudo, ...noteLines(notes)].join("\n");
  return {
    content: [{ type: "text", text }],
    _meta: {
      [FILE_META_KEY]: {
        path: redactor.apply(report.path),
        outcome,
        bytes: sizeBytes,
        total_bytes: facts.sizeBytes,
        via,
        notes,
        ...fileMeta(reply, facts),
      },
    },
  };
}

/** `mode=0644 owner=root:adm`, as far as they are known; numbers where names are not. */
export function ownerAndMode({ redactor }: ReplySource, facts: FileFacts): readonly string[] {
  const { mode, uid, gid, user = uid, group = gid } = facts;
  return [
    ...(mode === undefined ? [] : [`mode=${octal(mode)}`]),
    ...(uid === undefined ? [] : [`owner=${redactor.apply(`${user}:${group}`)}`]),
  ];
}

/** Each note as a line of ours. */
export function noteLines(notes: readonly string[]): readonly string[] {
  return notes
    .map((note) => `[note: ${withoutBrackets(clipMiddle(note, NOTE_CHARS))}]`)
    .map((line) => makeVisible(line.replace(/[\r\n]/g, " ")).text);
}

/** Mode, owner and time for programs. */
export function fileMeta({ redactor }: ReplySource, facts: FileFacts): Record<string, unknown> {
  return {
    ...(facts.mode === undefined ? {} : { mode: octal(facts.mode) }),
    ...(facts.uid === undefined ? {} : { uid: facts.uid, gid: facts.gid }),
    ...(facts.user === undefined ? {} : { user: redactor.apply(facts.user) }),
    ...(facts.group === undefined ? {} : { group: redactor.apply(facts.group) }),
    ...(facts.modifyTime === undefined ? {} : { modified: facts.modifyTime }),
  };
}

/** `user@host:path`, without what must not show. */
export function place({ host, redactor }: ReplySource, path: string): string {
  const user = plainOrQuoted(redactor.apply(host.user), NAME_CHARS);
  return `${user}@${host.host}:${plainOrQuoted(redactor.apply(path), PATH_CHARS)}`;
}
