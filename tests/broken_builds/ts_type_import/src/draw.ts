import { Shape, isTriangle } from "./shape.js";

export function name(shape: Shape): string {
  return isTriangle(shape) ? "triangle" : "other";
}
