import { AgentError, Agents } from "./agent.ts";

/**
 * Opens the agent at `path`, then gives up write permission for good.
 *
 * A socket takes write permission to connect and none afterwards, so the form of the program that
 * is compiled with the whole of it can use one agent and still write no file. An agent that does
 * not answer now cannot be used later.
 */
export async function openAgentAndGiveUpWriting(path: string | undefined): Promise<Agents> {
  const agents = new Agents();
  try {
    if (path) await agents.at(path).open();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
  } finally {
    await Deno.permissions.revoke({ name: "write" });
  }
  return agents;
}
