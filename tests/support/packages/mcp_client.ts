// The client of the newer protocol revision. The version stands here and nowhere else.
export { Client } from "npm:@modelcontextprotocol/client@2.4.0";
export { StdioClientTransport } from "npm:@modelcontextprotocol/client@2.4.0/stdio";
export { StreamableHTTPClientTransport } from "npm:@modelcontextprotocol/client@2.4.0";
