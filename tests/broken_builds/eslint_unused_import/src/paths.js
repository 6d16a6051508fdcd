import { basename, join } from "node:path";

export function title(path) {
  return basename(path, ".md");
}
