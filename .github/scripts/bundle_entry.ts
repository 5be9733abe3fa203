// The entry of the bundled program. ssh2's loader of native parts (which the program never has)
// reads __dirname, and an ES module bundle has none: so that comes first.
import "./dirname.ts";
import "../../src/main.ts";
