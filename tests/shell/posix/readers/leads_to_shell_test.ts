import assert from "node:assert/strict";
import { leadsToShell } from "../../../../src/shell/posix/readers/leads_to_shell.ts";

const SHELLS = [
  "ssh web1",
  "ssh -p 22 -i key deploy@web1",
  "cd /tmp && ssh -t web1 bash -l",
  "ssh web1 -t 'sudo -i'",
  "sudo -i",
  "sudo chroot T bash",
  "chroot /mnt",
  "sudo -u postgres -s",
  "sudo su - oracle",
  "su - x",
  "docker exec -it web sh",
  "kubectl exec -it pod -- /bin/bash",
  "kubectl -n prod attach -it pod",
  "sudo nsenter -t 1 -m -p",
  "unshare -r bash",
  "vagrant ssh",
  "exec zsh",
  "exit 4",
  "logout",
  "A=1 bash --norc",
];
const OTHERS = [
  "ssh db psql -U postgres",
  "ssh -t db sudo -u postgres psql",
  "kubectl exec -it db -- mysql",
  "docker exec -it db psql",
  "docker logs -f web",
  "psql",
  "sudo -u postgres psql",
  "sudo chroot T psql",
  "python3",
  "bash -c 'read x'",
  "printf 'user@h:~$ '; sleep 3",
  "./menu.sh",
  "su -c id other",
  "",
  ";;;",
];

Deno.test("leadsToShell() knows what opens a shell from what runs a program", () => {
  assert.deepEqual(SHELLS.filter((line) => !leadsToShell(line)), []);
  assert.deepEqual(OTHERS.filter(leadsToShell), []);
});
