/** Why a connection was cut: the far end sent more than it may. `message` names the bound. */
export class BoundError extends Error {}

/** Whether an error says that a connection was cut: to connect anew would only bring the same again. */
export function isCut(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof BoundError;
}

/** A number of bytes in whole KiB or MiB. */
export function inKib(bytes: number): string {
  const kib = Math.round(bytes / 1024);
  return kib % 1024 === 0 ? `${kib / 1024} MiB` : `${kib} KiB`;
}
