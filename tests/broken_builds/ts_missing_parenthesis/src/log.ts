export function log(lines: string[]): void {
  for (const line of lines) {
    lines.push(line.trimEnd();
  }
}
