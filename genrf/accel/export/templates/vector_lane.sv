// One lane of the vector unit: the maximum, or the weighted sum, over the words of a window or of two tensors.
// A sum ends as in requantisation: divided by 2^shift, rounded half to even, saturated to [low, high].
module vector_lane #(
    parameter IN = 9,
    parameter SUM = 40
) (
    input  wire                 clk,
    input  wire                 valid,
    input  wire                 first,
    input  wire                 interior,  // false beyond the tensor's edge
    input  wire                 maximum,
    input  wire signed [IN-1:0] in,
    input  wire [15:0]          multiplier,
    input  wire [5:0]           shift,
    input  wire signed [IN-1:0] low,
    input  wire signed [IN-1:0] high,
    output reg  signed [IN-1:0] out      // two clock cycles after the last word
);
    wire signed [IN-1:0] least = {1'b1, {(IN-1){1'b0}}};
    wire signed [IN-1:0] item = interior ? in : maximum ? least : {IN{1'b0}};
    wire signed [16:0] factor = maximum ? 17'sd1 : $signed({1'b0, multiplier});
    wire signed [IN+16:0] product = item * factor;
    wire signed [SUM-1:0] term = {{(SUM-IN-17){product[IN+16]}}, product};
    reg  signed [SUM-1:0] total;

    wire [SUM-1:0] one = {{(SUM-1){1'b0}}, 1'b1};
    wire [SUM-1:0] odd = (total >> shift) & one;
    wire [SUM-1:0] half = (shift == 0) ? {SUM{1'b0}} : (one << (shift - 6'd1)) - one + odd;
    wire signed [SUM-1:0] nearest = maximum ? total : $signed(total + $signed(half)) >>> shift;
    wire signed [SUM-1:0] low_wide = {{(SUM-IN){low[IN-1]}}, low};
    wire signed [SUM-1:0] high_wide = {{(SUM-IN){high[IN-1]}}, high};

    always @(posedge clk) begin
        if (valid) begin
            if (first) total <= term;
            else if (maximum) total <= (term > total) ? term : total;
            else total <= total + term;
        end
        out <= (nearest < low_wide) ? low : (nearest > high_wide) ? high : nearest[IN-1:0];
    end
endmodule
