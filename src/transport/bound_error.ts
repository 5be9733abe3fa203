/** Why a connection was cut: the far end sent more than it may. `message` names the bound. */
export class BoundError extends Error {}

/** A number of bytes in whole KiB or MiB. */
export function inKib(bytes: number): string {
  const kib = Math.round(bytes / 1024);
  return kib % 1024 === 0 ? `${kib / 1024} MiB` : `${kib} KiB`;
}
