export const first = (list) => { return list[0] }
