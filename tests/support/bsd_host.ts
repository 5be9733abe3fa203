/** Whose ps(1) a host is to have: FreeBSD names what a process waits for, macOS prints an address. */
export type BsdKind = "freebsd" | "macos";

/**
 * A ps(1) that answers as the BSDs' does, from the proc(5) that the host hides: `-p`, `-t` and `-ax`
 * with `-o keyword=`. No other ps can work here without proc(5).
 */
const PS = String.raw`#!/run/mss_bsd/python3
import os, re, sys, time
ROOT, KIND = "/run/mss_bsd/proc", "@KIND@"
WAITS = {"wait_woken": "ttyin", "n_tty_read": "ttyin", "poll_schedule_timeout": "select", "do_select": "select",
  "do_epoll_wait": "kqread", "ep_poll": "kqread", "hrtimer_nanosleep": "nanslp", "do_wait": "wait",
  "anon_pipe_read": "piperd", "pipe_read": "piperd", "sigsuspend": "pause"}
boot = next(int(l.split()[1]) for l in open(ROOT + "/stat") if l.startswith("btime"))
def facts(pid):
    try:
        at = ROOT + "/" + pid
        stat = open(at + "/stat").read()
        f = stat[stat.rindex(")") + 2:].split()
        status = open(at + "/status").read()
        uids = re.search(r"Uid:\s+(\d+)\s+(\d+)", status).groups()
        try: wchan = open(at + "/wchan").read().split(".")[0]
        except OSError: wchan = "0"
        words = open(at + "/cmdline").read().split("\0")[:-1]
        tty = int(f[4])
        has = ((tty >> 8) & 0xfff) == 136
        return {"pid": pid, "ppid": f[1], "pgid": f[2], "tpgid": f[5], "ruid": uids[0], "uid": uids[1],
          "stat": ("I" if f[0] == "S" else f[0]) + ("+" if has and f[2] == f[5] else ""),
          "tty": "pts/%d" % (tty & 0xff) if has else ("??" if KIND == "macos" else "-"),
          "wchan": "-" if KIND == "macos" else WAITS.get(wchan, "-"),
          "lstart": time.strftime("%a %b %e %T %Y", time.gmtime(boot + int(f[19]) // 100)),
          "ucomm": stat[stat.index("(") + 1:stat.rindex(")")], "command": " ".join(words)}
    except (OSError, ValueError): return None
keys, select, args = [], None, sys.argv[1:]
while args:
    a = args.pop(0)
    if a == "-o": keys.append(args.pop(0).rstrip("="))
    elif a in ("-p", "-t"): select = (a, args.pop(0))
    elif a == "-ax": select = (a, "")
    elif a != "-ww": sys.exit(64)
rows = [r for r in map(facts, sorted(filter(str.isdigit, os.listdir(ROOT)), key=int)) if r]
keep = {"-p": lambda r: r["pid"] == select[1], "-t": lambda r: r["tty"] == select[1], "-ax": lambda r: True}
rows = [r for r in rows if keep[select[0]](r)]
for r in rows: print(" ".join("%5s" % r[k] for k in keys))
sys.exit(0 if rows else 1)
`;

/**
 * A command that hides proc(5) and setsid(1) from the program behind it, as BSD and macOS have neither,
 * and the programs `hides` names. The ps(1) that answers there is run by a python3 in another place.
 */
export function withinBsd(
  { kind = "freebsd", hides = [] }: {
    readonly kind?: BsdKind;
    readonly hides?: readonly string[];
  } = {},
): readonly string[] {
  const hidden = hides.map((name) => `rm -f /usr/bin/${name} /usr/bin/${name}.*\n`).join("");
  const script = `set -e
d=/run/mss_bsd; mkdir -p $d; mount -t tmpfs none $d; mkdir $d/proc $d/upper $d/work
mount --bind /proc $d/proc
mount -t overlay none -o lowerdir=/usr/bin,upperdir=$d/upper,workdir=$d/work /usr/bin
cp -L /usr/bin/python3 $d/python3
rm -f /usr/bin/setsid /usr/bin/ps
${hidden}cat > /usr/bin/ps <<'END'
${PS.replace("@KIND@", kind)}END
chmod 755 /usr/bin/ps; mount -t tmpfs none /proc
exec "$@"`;
  return ["unshare", "--mount", "sh", "-c", script, "sh"];
}
