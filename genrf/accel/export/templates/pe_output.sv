// A processing element that keeps its sum: activations stream to the right, weights go down.
// With the last product of a tile the sum is put into `result`, which shifts upwards while the next tile runs.
module pe_output #(
    parameter ACTIVATION = 9,
    parameter WEIGHT = 8,
    parameter SUM = 24
) (
    input  wire                         clk,
    input  wire                         first_in,
    input  wire                         last_in,
    input  wire signed [ACTIVATION-1:0] activation_in,
    input  wire signed [WEIGHT-1:0]     weight_in,
    input  wire                         shift,
    input  wire signed [SUM-1:0]        result_in,
    output reg                          first_out,
    output reg                          last_out,
    output reg  signed [ACTIVATION-1:0] activation_out,
    output reg  signed [WEIGHT-1:0]     weight_out,
    output reg  signed [SUM-1:0]        result
);
    reg  signed [SUM-1:0] sum;
    wire signed [ACTIVATION+WEIGHT-1:0] product = activation_in * weight_in;
    wire signed [SUM-1:0] total =
        (first_in ? {SUM{1'b0}} : sum) + {{(SUM-ACTIVATION-WEIGHT){product[ACTIVATION+WEIGHT-1]}}, product};

    always @(posedge clk) begin
        sum            <= total;
        first_out      <= first_in;
        last_out       <= last_in;
        activation_out <= activation_in;
        weight_out     <= weight_in;
        if (last_in) result <= total;
        else if (shift) result <= result_in;
    end
endmodule
