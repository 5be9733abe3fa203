// xterm.js on one element, as a window onto the server's terminal.
import { Terminal } from "@xterm/xterm";

// xterm makes <style> elements; they get this page's nonce, since the policy lets no others be.
const { nonce } = document.querySelector("script[nonce]");
const make = document.createElement.bind(document);
document.createElement = (name, options) => {
  const element = make(name, options);
  if (String(name).toLowerCase() === "style") element.nonce = nonce;
  return element;
};

// xterm sets colours as style attributes, which the policy does not let be; the same by the CSSOM it does.
const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (name === "style") this.style.cssText = value;
  else setAttribute.call(this, name, value);
};

const THEMES = {
  dark: { background: "#101418", foreground: "#e6eaee", cursor: "#e6eaee" },
  light: {
    background: "#ffffff",
    foreground: "#1c2329",
    cursor: "#1c2329",
    selectionBackground: "#b6d5fb",
    white: "#5c6670",
    brightWhite: "#3a434b",
    yellow: "#7a5b00",
    brightYellow: "#7a5b00",
    green: "#0f6b2f",
    brightGreen: "#0f6b2f",
    cyan: "#0b6470",
    brightCyan: "#0b6470",
  },
};

/**
 * Makes the terminal; `onKeys` gets what is typed, `onDrawn` how many bytes were drawn, and `onLeave`
 * is called when the keyboard alone is to leave it.
 */
export function openTerminal(parent, { onKeys, onDrawn, onLeave }) {
  const light = matchMedia("(prefers-color-scheme: light)");
  const theme = () => THEMES[light.matches ? "light" : "dark"];
  const terminal = new Terminal({
    cols: 200,
    rows: 50,
    fontSize: 13,
    disableStdin: true,
    scrollback: 2000,
    screenReaderMode: true,
    minimumContrastRatio: 4.5,
    linkHandler: { activate() {} },
    theme: theme(),
  });
  light.addEventListener("change", () => (terminal.options.theme = theme()));
  terminal.open(parent);
  swallowQueries(terminal.parser);
  // xterm takes each Tab, also where nothing can be typed: nobody would get out by the keyboard.
  terminal.attachCustomKeyEventHandler((event) => {
    const isLeaving = event.key === "Enter" && event.ctrlKey && event.shiftKey;
    if (isLeaving && event.type === "keydown") {
      event.preventDefault();
      onLeave();
    }
    return !isLeaving && !terminal.options.disableStdin;
  });
  terminal.onData(onKeys);
  terminal.onBinary(onKeys);
  return {
    begin(columns, rows) {
      terminal.reset();
      terminal.resize(columns, rows);
    },
    write(bytes) {
      terminal.write(bytes, () => onDrawn(bytes.length));
    },
    enable(isOn) {
      terminal.options.disableStdin = !isOn;
    },
    focus() {
      terminal.focus();
    },
    /** Rows of the screen, for tests. */
    rows() {
      const { active } = terminal.buffer;
      return Array.from(
        { length: terminal.rows },
        (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? "",
      );
    },
  };
}

/** The server's terminal answers what programs ask; an answer of this one would be typed, too. */
function swallowQueries(parser) {
  const queries = [
    { final: "c" },
    { prefix: ">", final: "c" },
    { prefix: "=", final: "c" },
    { final: "n" },
    { prefix: "?", final: "n" },
    { intermediates: "$", final: "p" },
    { prefix: "?", intermediates: "$", final: "p" },
    { prefix: ">", final: "q" },
    { prefix: "?", final: "u" },
    { final: "t" },
  ];
  for (const query of queries) parser.registerCsiHandler(query, () => true);
  parser.registerDcsHandler({ intermediates: "$", final: "q" }, () => true);
  parser.registerDcsHandler({ intermediates: "+", final: "q" }, () => true);
  // Colours, the clipboard: none of a remote program's business.
  for (const number of [4, 10, 11, 12, 52]) parser.registerOscHandler(number, () => true);
}
