/** Where systems keep sudo, doas and su; only root may put a program there. */
const DIRECTORIES = "/usr/bin /bin /usr/local/bin /usr/sbin /sbin /run/current-system/sw/bin " +
  "/run/setuid-programs /run/privileged/bin";
/** Room for the header of a file and 15 segments; in hexadecimal it fits in one row. */
const HEADER_BYTES = 960;

/**
 * Shell words that print, for a process that runs as root for somebody else, the installed programs
 * of its name: `f`, ls(1) of the file, and `h`, how it begins.
 *
 * A setuid program hides its file from its user, and any of them may be run by a link named sudo. The
 * size of its text (VmExe of proc_pid_status(5)) shows, and tells most of them apart.
 */
export const PRINT_INSTALLED = 'M=/; case $R:$E:"${L%)*}" in ' +
  "[1-9]*:0:sudo|[1-9]*:0:sudo-rs|[1-9]*:0:sudoedit|[1-9]*:0:doas|[1-9]*:0:su|[1-9]*:0:su-rs) " +
  `for m in ${DIRECTORIES}; do m=$m/\${L%)*}; [ -f $m ] || continue; [ $m -ef $M ] && continue; ` +
  `M=$m; o "f $(ls -lnL $m)"; o "h $(od -An -v -tx1 -N${HEADER_BYTES} $m | tr -d "\\n ")"; ` +
  "done;; esac; ";

/** One file as {@link PRINT_INSTALLED} prints it. */
export interface InstalledProgram {
  /** ls(1), with numeric ids. */
  readonly listed: string;
  /** How the file begins, in hexadecimal; "" where it cannot be read. */
  readonly header: string;
}

/** A file that nobody may read shows its size alone: this much of a program is its text. */
const LEAST_TEXT = 0.25;

/** Whether a process with so much text may run this program of root's. */
export function fitsInstalled(textKb: number, { listed, header }: InstalledProgram): boolean {
  const [, , owner, , size = ""] = listed.split(/ +/);
  if (owner !== "0" || !/^\d+$/.test(size)) return false;
  const bytes = textKb * 1024;
  if (header === "") return bytes >= Number(size) * LEAST_TEXT && bytes <= Number(size) + 65_536;
  return textSizesKb(header).includes(textKb);
}

const PAGE_SIZES: readonly number[] = [4_096, 16_384, 65_536];
const PT_LOAD = 1;
const PF_X = 1;

/** VmExe of an ELF file that runs, for each size of pages and older kernels; none for others. */
export function textSizesKb(header: string): readonly number[] {
  const segments = segmentsOf(bytesOf(header)).filter(({ type }) => type === PT_LOAD);
  const texts = segments.filter(({ flags }) => (flags & PF_X) !== 0);
  if (texts.length === 0) return [];
  const end = Math.max(...texts.map(({ address, size }) => address + size));
  // Kernels before 5.10 count from the first segment of any kind.
  const starts = [texts, segments].map((some) => Math.min(...some.map(({ address }) => address)));
  return PAGE_SIZES.flatMap((page) =>
    starts.map((start) => (Math.ceil(end / page) - Math.floor(start / page)) * page / 1024)
  );
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly size: number;
}

/** The program headers (elf(5)) that are in what was read. */
function segmentsOf(bytes: DataView<ArrayBuffer>): readonly Segment[] {
  if (bytes.byteLength < 64 || bytes.getUint32(0) !== 0x7f454c46) return [];
  const isWide = bytes.getUint8(4) === 2;
  const isLittle = bytes.getUint8(5) === 1;
  const word = (at: number): number => bytes.getUint32(at, isLittle);
  const offset = (at: number): number =>
    isWide ? Number(bytes.getBigUint64(at, isLittle)) : word(at);
  const first = offset(isWide ? 32 : 28);
  const [length, count] = [0, 2].map((at) => bytes.getUint16((isWide ? 54 : 42) + at, isLittle));
  const segments: Segment[] = [];
  for (let index = 0; index < count!; index++) {
    const at = first + index * length!;
    if (length! < 32 || at + length! > bytes.byteLength) return [];
    segments.push(
      isWide
        ? { type: word(at), flags: word(at + 4), address: offset(at + 16), size: offset(at + 32) }
        : { type: word(at), flags: word(at + 24), address: word(at + 8), size: word(at + 16) },
    );
  }
  return segments;
}

function bytesOf(hexadecimal: string): DataView<ArrayBuffer> {
  const isWhole = /^[0-9a-f]*$/.test(hexadecimal) && hexadecimal.length % 2 === 0;
  return new DataView(Uint8Array.fromHex(isWhole ? hexadecimal : "").buffer);
}
