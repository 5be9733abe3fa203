const scope = globalThis as { __dirname?: string };
scope.__dirname ??= "";
