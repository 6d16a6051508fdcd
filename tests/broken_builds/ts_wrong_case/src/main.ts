import { parse } from "./Parser.js";

export const count = (text: string): number => parse(text).length;
