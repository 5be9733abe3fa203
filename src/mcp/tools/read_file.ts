import * as z from "zod";
import { InputError } from "../../errors.ts";
import { hasChanged, TRANSFER_LIMIT_BYTES } from "../../sftp/file_range.ts";
import { encodingOf, fileShape, openFileCall } from "../file/file_call.ts";
import { sayingWhere } from "../file/session_path.ts";
import { sha256 } from "../file/sha256.ts";
import { renderRead } from "../file/file_reply.ts";
import { defineTool, type Tool } from "../tool.ts";

/** Reads a range of a remote file. */
export const readFile: Tool = defineTool({
  name: "read_file",
  title: "Read a file",
  description:
    "Reads a remote file, at most 2 MiB at once. The first line says what was read, the " +
    "next offset if it was cut, and a whole file's sha256; then stands the content, exact.",
  input: {
    ...fileShape,
    offset: z.int().min(0).default(0).describe("in bytes"),
    max_bytes: z.int().min(1).max(TRANSFER_LIMIT_BYTES).default(TRANSFER_LIMIT_BYTES),
  },
  annotations: { readOnlyHint: true, openWorldHint: true },
  verbatim: true,
  meta: { "anthropic/maxResultSizeChars": 500_000 },
  asksItself: true,
  run: sayingWhere(async (args, call) => {
    const encoding = await encodingOf(args.encoding);
    const { host, connection, files, elevation, path, takeNote } = await openFileCall(args, call);
    const usesSudo = elevation.kind === "sudo";
    await call.permit({ hosts: [host], words: "read a file", text: path, usesSudo });
    const { offset, max_bytes: limitBytes } = args;
    const range = await files.read(connection, path, {
      elevation,
      signal: call.signal,
      request: { offset, limitBytes },
    });
    const read = encoding.decode(range.bytes, { hasMore: range.hasMore });
    if (read.usedBytes === 0 && range.bytes.length > 0) throw tooShort(limitBytes);
    const { concealer } = call.services;
    const ofContent = concealer.fileRedactor(host.host, host.hidden);
    const decoded = { ...read, text: ofContent.apply(read.text) };
    // A hash of content with a hidden value in it would help to guess the value.
    const isWhole = offset === 0 && !range.hasMore && read.usedBytes === range.bytes.length &&
      !hasChanged(range) && ofContent.count === 0;
    call.audit({ user: host.user, bytes: read.usedBytes, via: range.via });
    return renderRead({
      host,
      note: takeNote(),
      redactor: concealer.redactor(host.host, host.hidden),
      path,
      offset,
      encoding: encoding.name,
      range,
      decoded,
      hiddenCount: ofContent.count,
      sha256: isWhole ? await sha256(range.bytes) : undefined,
    });
  }),
});

function tooShort(limitBytes: number): InputError {
  return new InputError(
    `max_bytes=${limitBytes} is less than the character at that offset`,
    'Pass max_bytes of 4 or more, or encoding="base64"',
  );
}
