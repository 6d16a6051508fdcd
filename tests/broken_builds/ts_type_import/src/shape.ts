export interface Shape {
  sides: number;
}

export const isTriangle = (shape: Shape): boolean => shape.sides === 3;
