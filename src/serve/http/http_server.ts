import { ConfigError } from "../../errors.ts";
import { addressText, type ListenAddress } from "../settings.ts";

/** How a port is served. */
export interface HttpServerOptions {
  /** The setting that names the address. */
  readonly setting: string;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly onError: (error: unknown) => Response;
}

/**
 * Listens at an address and answers each request.
 *
 * @throws {ConfigError} Where the address cannot be used.
 */
export function serveHttp(
  address: ListenAddress,
  { setting, tls, onError }: HttpServerOptions,
  answer: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ ...address, ...(tls ?? {}), onListen: () => {}, onError }, answer);
  } catch (error) {
    throw new ConfigError(
      `Cannot listen on ${addressText(address)}: ${seenIn(error)}`,
      `Set ${setting} to an address of this machine and a port that is free`,
      { cause: error },
    );
  }
}

function seenIn(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "the address is already in use";
  return error instanceof Error ? error.message : String(error);
}
