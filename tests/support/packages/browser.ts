// A real browser, driven over its own protocol, and the judge of accessibility. The versions stand
// here and nowhere else: a package named in deno.json is fetched by the program's first start, too.
export { type Browser, launch, type Page } from "npm:puppeteer-core@25.16.0";
export { default as axe } from "npm:axe-core@4.14.1";
