import type { CallToolResult } from "@modelcontextprotocol/server";
import { conceal } from "../../config/conceal.ts";
import type { ResolvedHost } from "../../config/resolved_host.ts";
import type { DecodedText } from "../../sftp/encoding.ts";
import { type FileFacts, type FileRange, hasChanged } from "../../sftp/file_range.ts";
import { octal } from "../../sftp/permissions.ts";
import { shownPath } from "../../sftp/remote_path.ts";
import type { Road } from "../../sftp/remote_files.ts";
import type { WriteReport } from "../../sftp/write_request.ts";

/** Where the facts of a file stand for programs. */
const FILE_META_KEY = "mcp-ssh-session/file";

/** What was read, and of what. */
export interface ReadReply {
  readonly host: ResolvedHost;
  readonly path: string;
  readonly offset: number;
  readonly encoding: string;
  readonly range: FileRange & { readonly road: Road };
  readonly decoded: DecodedText;
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
        path: reply.path,
        offset,
        next_offset: nextOffset,
        bytes: decoded.usedBytes,
        total_bytes: sizeBytes ?? null,
        truncated: isCut,
        encoding: reply.encoding,
        invalid_bytes: decoded.invalidCount,
        changed: hasChanged(range),
        via: range.road,
        ...fileMeta(range.before),
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

function readLine(facts: ReadFacts): string {
  const { decoded, range, offset } = facts;
  const total = facts.sizeBytes === undefined ? "" : ` of ${facts.sizeBytes}`;
  const notes = [
    ...(offset > 0 ? [`from offset ${offset}`] : []),
    ...(facts.isCut ? [`cut here: read on with offset=${facts.nextOffset}`] : []),
    ...invalidNote(decoded.invalidCount, facts.encoding),
    ...(hasChanged(range) ? ["the file changed while it was read: read it again"] : []),
    ...(range.road === "sudo" ? ["by sudo"] : []),
  ];
  const head = `[read ${decoded.usedBytes}${total} bytes] ${place(facts.host, facts.path)}`;
  return oneLine([`${head} ${facts.encoding}`, ...notes].join("; "));
}

function invalidNote(count: number, encoding: string): readonly string[] {
  return count === 0
    ? []
    : [`${count} places are not ${encoding} and show as U+FFFD: encoding="base64" is exact`];
}

/** What was written, and where. */
export interface WriteReply {
  readonly host: ResolvedHost;
  readonly report: WriteReport & { readonly road: Road };
  readonly sizeBytes: number;
}

/** One line of facts, then a line for each thing that differs from the plain case. */
export function renderWrite({ host, report, sizeBytes }: WriteReply): CallToolResult {
  const { facts, outcome, road } = report;
  const owner = facts.uid === undefined ? "" : ` owner=${facts.uid}:${facts.gid}`;
  const mode = facts.mode === undefined ? "" : ` mode=${octal(facts.mode)}`;
  const via = road === "sudo" ? "; by sudo" : "";
  const head = `[${outcome} ${sizeBytes} bytes] ${place(host, report.path)}${mode}${owner}${via}`;
  const text = [head, ...report.notes.map((note) => `[note: ${note}]`)].map(oneLine).join("\n");
  return {
    content: [{ type: "text", text }],
    _meta: {
      [FILE_META_KEY]: {
        path: report.path,
        outcome,
        bytes: sizeBytes,
        total_bytes: facts.sizeBytes,
        via: road,
        notes: report.notes,
        ...fileMeta(facts),
      },
    },
  };
}

function fileMeta(facts: FileFacts): Record<string, unknown> {
  return {
    ...(facts.mode === undefined ? {} : { mode: octal(facts.mode) }),
    ...(facts.uid === undefined ? {} : { uid: facts.uid, gid: facts.gid }),
    ...(facts.modifyTime === undefined ? {} : { modified: facts.modifyTime }),
  };
}

/** `user@host:path`, without what the operator's overrides hide. */
export function place(host: ResolvedHost, path: string): string {
  return `${conceal(host.user, host.hidden).text}@${host.host}:${shownPath(path)}`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}
