// Reads the deployment files. The version stands here and nowhere else.
export { parse, parseAllDocuments } from "npm:yaml@2.9.1";
