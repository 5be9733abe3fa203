/** Whether a Unix socket takes connections: its file is there before anybody listens on it. */
export async function isListening(path: string): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ transport: "unix", path });
    return true;
  } catch {
    return false;
  }
}
