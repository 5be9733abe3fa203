/** Commands for PowerShell on a Unix host by what they do; each prints "up" and would never end. */
export const ENDLESS: Readonly<Record<string, string>> = {
  "a tight loop": "'up'; while ($true) { }",
  "Start-Sleep": "'up'; Start-Sleep 300",
  "a program": "'up'; sleep 300",
  "a pipeline": "'up'; sleep 300 | ForEach-Object { $_ }",
  "a program's own tree": "'up'; sh -c 'sleep 300; sleep 300'",
  "Read-Host": "'up'; $null = Read-Host; while ($true) { Start-Sleep 1 }",
};
