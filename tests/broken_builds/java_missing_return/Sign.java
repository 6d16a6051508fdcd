public class Sign {
    public static String of(int number) {
        if (number < 0) {
            return "negative";
        } else if (number > 0) {
            return "positive";
        }
    }
}
