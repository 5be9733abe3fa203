import type { McpServer } from "@modelcontextprotocol/server";

/** A client that declares roots answers at once; one that does not must not hold a call up. */
const ANSWER_MS = 5_000;

/**
 * The directories that a client names as its roots (MCP, "Roots"); undefined where it declares none.
 *
 * A client that declares them and does not answer has none.
 */
export async function clientRoots(
  { server }: McpServer,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (server.getClientCapabilities()?.roots === undefined) return undefined;
  try {
    const { fileURLToPath } = await import("node:url");
    const { roots } = await server.listRoots(undefined, { signal, timeout: ANSWER_MS });
    return roots.flatMap(({ uri }) => uri.startsWith("file://") ? [fileURLToPath(uri)] : []);
  } catch {
    return [];
  }
}
