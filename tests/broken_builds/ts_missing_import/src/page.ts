export function line(name: string, cents: number): string {
  return name + " " + formatPrice(cents);
}
