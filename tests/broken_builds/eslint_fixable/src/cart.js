export function total(items) {
  let tax = 20;
  var sum = 0;
  for (const item of items) {
    if (typeof item.price == "number") {
      sum += item.price;
    }
  }
  return sum + (sum * tax) / 100;
}
