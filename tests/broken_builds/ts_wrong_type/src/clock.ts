export function minutes(seconds: number): number {
  return Math.floor(seconds / 60);
}

export const shown = (text: string): number => minutes(text);
