export function user(name, mail) {
  return { name: name, mail };
}
