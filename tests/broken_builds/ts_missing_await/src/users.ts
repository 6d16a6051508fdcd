export interface User {
  id: number;
  name: string;
}

export async function load(id: number): Promise<User> {
  return { id, name: "user " + id };
}

export async function greet(id: number): Promise<string> {
  const user = load(id);
  return "hello " + user.name;
}
