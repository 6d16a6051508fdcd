export function last<T>(items: T[]): T | undefined {
  // An empty list has no last item.
  return items[items.lenght - 1];
}
