export class Shape {
  area(): number {
    return 0;
  }
}

export class Square extends Shape {
  constructor(private readonly side: number) {
    super();
  }

  area(): number {
    return this.side ** 2;
  }
}
