public class Mean {
    public static double of(double[] values) {
        double result = 0;
        for (double value : values) {
            result += value / values.length;
        }
        return resutl;
    }
}
